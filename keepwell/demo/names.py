"""Invented words for companies and people, separated by blanks."""

FRONT = (
    "Alder Amber Anchor Aspen Basalt Beacon Birch Bramble Brook Cedar Cinder Clover Cobalt Copper Coral Crane Dune "
    "Ember Falcon Fern Flint Garnet Glade Granite Harbor Hazel Heron Hollow Indigo Iris Jasper Juniper Kestrel "
    "Lantern Larch Laurel Linden Lotus Maple Marble Meadow Mistral Onyx Opal Orchard Osprey Pebble Pine Plover "
    "Poplar Quarry Raven Reed Ridge River Rowan Saffron Sage Sierra Slate Sorrel Spruce Sterling Summit Tamarack "
    "Teal Thistle Timber Topaz Valley Walnut Willow Wren Yarrow Zephyr"
)
BACK = (
    "Freight Foods Labs Works Energy Media Partners Systems Textiles Motors Optics Retail Clinics Insurance "
    "Robotics Mobility Packaging Publishing Trading Tools Travel Water Steel Studios Software Schools Pharma Paper "
    "Homes Hospitality Gardens Furniture Farms Electric Dental Dairy Cycles Credit Craft Concrete Coffee Ceramics "
    "Cargo"
)
GIVEN = (
    "Ada Amir Anouk Arne Bea Bilal Carla Chen Dario Dina Elif Emil Esra Fabio Femke Finn Greta Hana Hugo Ida Ines "
    "Ivo Jana Jonas Kaja Kenji Lea Liam Lotte Luca Maja Malik Mara Milo Nadia Nils Nora Olga Omar Otto Paula Pia "
    "Quinn Rafi Rosa Ruth Sami Selma Sofia Sven Tara Theo Tilda Umar Vera Viktor Wanda Xenia Yara Yusuf Zoe"
)
FAMILY = (
    "Abel Adler Bakker Barros Becker Berg Castro Dahl Demir Dietz Duval Ebert Engel Falk Ferrari Fischer Garcia "
    "Gruber Haas Hansen Horvat Ito Jansen Kaya Keller Klein Koch Kovac Kruse Lang Larsen Lopez Lorenz Meier Moreau "
    "Nagel Novak Olsen Ozturk Park Peters Petrov Quast Rossi Roth Sato Schulz Silva Simon Steiner Tanaka Thoma "
    "Urban Vogel Wagner Weber Winter Wolf Yilmaz Zeller"
)
